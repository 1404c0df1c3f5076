# syntax=docker/dockerfile:1
# `make demo` in one image: docker build -f deploy/demo.Dockerfile -t nba-demo . && docker run --rm -p 8000:8000 nba-demo
# Two minutes after the start the solar company is at http://127.0.0.1:8000. For trying only; Dockerfile is the service.

FROM python:3.11-slim-bookworm
# A compiler for the kernel of one decision, LightGBM's runtime, and a font for pictures.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libgomp1 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home nba
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/nba/bin:$PATH NBA_DEMO_HOST=0.0.0.0 NBA_PORT=8000
WORKDIR /home/nba/nba
RUN python -m venv /opt/nba
COPY requirements-demo.lock ./
RUN pip install --require-hashes -r requirements-demo.lock
COPY pyproject.toml README.md ./
COPY models ./models
COPY nba_service ./nba_service
COPY training ./training
COPY examples ./examples
RUN pip install --no-deps --no-build-isolation -e . && chown -R nba /home/nba
USER 10001
EXPOSE 8000
CMD ["python", "examples/solar/demo.py"]
