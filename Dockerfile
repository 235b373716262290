# Presswatch as one image: every process of the service is a command of it. See docker-compose.yml.

FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/presswatch
# What is locked changes seldom, so this layer is kept while our own code changes. Every file has a hash, and
# wheels only: nothing of others is built or run here. The extras are in it: nobody can add them to an image later.
COPY requirements/image.lock /build/requirements/image.lock
RUN /opt/presswatch/bin/pip install --require-hashes --only-binary :all: --requirement /build/requirements/image.lock
COPY pyproject.toml README.md LICENSE /build/
COPY crawler /build/crawler
COPY storage /build/storage
COPY delivery /build/delivery
COPY control /build/control
RUN /opt/presswatch/bin/pip install --no-deps --no-build-isolation /build \
    && /opt/presswatch/bin/pip uninstall --yes hatchling editables pip

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 presswatch \
    && useradd --uid 10001 --gid presswatch --no-create-home --home-dir /data --shell /usr/sbin/nologin presswatch \
    && install --directory --owner presswatch --group presswatch --mode 0750 /data
COPY --from=build /opt/presswatch /opt/presswatch
# Nothing is written but to /data and /tmp.
ENV PATH=/opt/presswatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PRESSWATCH_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
CMD ["presswatch", "up", "--host", "0.0.0.0"]
