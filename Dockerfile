# Not built or run where this was written: only its syntax was read by a test.
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE manifest.json ./
COPY integrations integrations
COPY workers workers
COPY plugin plugin
RUN python -m venv /deskpulse && /deskpulse/bin/pip install --no-cache-dir .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/deskpulse --create-home deskpulse \
 && install -d -m 0700 -o deskpulse -g deskpulse /var/lib/deskpulse
COPY --from=build /deskpulse /deskpulse
ENV PATH=/deskpulse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DESKPULSE_HOME=/var/lib/deskpulse
USER deskpulse
WORKDIR /var/lib/deskpulse
VOLUME /var/lib/deskpulse
EXPOSE 8710
CMD ["python", "-m", "plugin.main", "--host", "0.0.0.0", "--port", "8710"]
