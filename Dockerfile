# The server for production: Firestore, BigQuery and tokens of an OpenID Connect issuer.
# What is secret or particular to an installation comes from the environment (docs/settings.md).
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/recollect
COPY locks/server.txt locks/
RUN /opt/recollect/bin/pip install --no-cache-dir --require-hashes -r locks/server.txt
COPY . .
RUN /opt/recollect/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/recollect/bin/python -m compileall -q /opt/recollect/lib

FROM python:3.11-slim
RUN useradd --system --no-create-home recollect
WORKDIR /app
COPY --from=build /opt/recollect /opt/recollect
COPY config.yaml client/trusted-documents.json ./
ENV PATH=/opt/recollect/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RECOLLECT_STORE=firestore \
    RECOLLECT_WAREHOUSE=bigquery \
    RECOLLECT_IDENTITY=oidc \
    RECOLLECT_HOST=0.0.0.0 \
    RECOLLECT_PORT=8000
USER recollect
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['RECOLLECT_PORT'] + '/healthz', timeout=4)"]
CMD ["recollect", "serve"]
