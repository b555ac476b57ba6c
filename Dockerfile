# The platform's production image: web, worker, beat and the one-shot migration are the same image with another command.

FROM python:3.11-slim AS build
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.11-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin platform \
 && install -d -o platform -g platform /data /srv/static
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py pyproject.toml LICENSE ./
COPY config config
COPY core core
COPY registry registry
COPY measures measures
COPY agencies agencies
COPY feedback feedback
COPY static static
COPY templates templates
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    VAR_DIR=/data \
    STATIC_ROOT=/srv/static \
    BIND=0.0.0.0:8000
# The manifest of static files belongs to the code: it is made here, with keys that serve nothing else.
RUN DATABASE_URL=postgresql://build@localhost/build SECRET_KEY=build ID_KEY=build DATA_KEY=build \
    python manage.py collectstatic --noinput --verbosity 0 \
 && chown -R platform:platform /srv/static
USER platform
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
