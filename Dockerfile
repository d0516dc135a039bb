# docker build -t f2a .
# docker run --rm -it --user "$(id -u):$(id -g)" -v "$PWD/workspace:/workspace" f2a f2a-data status
FROM python:3.11-slim

LABEL org.opencontainers.image.title="face2anime-toolkit" \
      org.opencontainers.image.licenses="MIT"

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1 \
    F2A_WORKSPACE=/workspace

WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY manifests manifests
COPY pipeline pipeline
COPY curation_ui curation_ui
COPY training training

# tests/test_packaging.py runs these same lines in a clean virtual environment.
RUN python -m pip install --constraint constraints.txt torch==2.13.0 \
    && python -m pip install --constraint constraints.txt . \
    && useradd --create-home --uid 1000 f2a \
    && mkdir /workspace \
    && chown f2a:f2a /workspace
USER 1000:1000
WORKDIR /workspace
VOLUME /workspace

CMD ["f2a-data", "--help"]
