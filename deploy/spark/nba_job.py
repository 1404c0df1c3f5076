"""The command `nba` as a job of Spark, which takes programs whose names end in .py.

spark-submit ... nba_job.py train --engine spark --data s3a://company/export ...
"""

from nba_service.cli import main

if __name__ == "__main__":
    main()
