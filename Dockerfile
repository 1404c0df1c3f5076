# syntax=docker/dockerfile:1
# Two stages: the first builds a virtual environment from the lock file, the second carries only that
# environment and runs as a user without rights. The image serves; training needs the `train` extra.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# For the compiled kernel of one decision; without a compiler NumPy would do its work, more slowly.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/nba
COPY requirements.lock requirements-build.in ./
RUN /opt/nba/bin/pip install --require-hashes -r requirements.lock \
    && /opt/nba/bin/pip install -r requirements-build.in
COPY pyproject.toml README.md ./
COPY models ./models
COPY nba_service ./nba_service
COPY training ./training
RUN /opt/nba/bin/pip install --no-deps --no-build-isolation . \
    && /opt/nba/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim-bookworm
# LightGBM needs the OpenMP runtime; nothing else is added to the base image.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/nba --create-home nba
COPY --from=build /opt/nba /opt/nba
ENV PATH=/opt/nba/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE \
    NBA_HOST=0.0.0.0 \
    NBA_PORT=8000 \
    NBA_REGISTRY=/var/lib/nba/registry \
    NBA_DATABASE_URL=sqlite:////var/lib/nba/nba.sqlite
WORKDIR /var/lib/nba
USER 10001
VOLUME /var/lib/nba
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"NBA_PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["nba"]
CMD ["serve"]
