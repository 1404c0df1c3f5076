"""Training on Apache Spark, by the functions of one machine."""
