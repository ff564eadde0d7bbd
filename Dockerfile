# One image for every process: the API by default, or what the argument names (`export`, `sweep`, `client`, …).
# It runs as a user of its own and writes nothing but to /tmp: `docker run --read-only --tmpfs /tmp`.
# What is secret or particular to an installation comes from the environment (docs/settings.md).
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/recollect
COPY locks/server.txt locks/
RUN /opt/recollect/bin/pip install --no-cache-dir --no-deps --require-hashes -r locks/server.txt
COPY . .
RUN /opt/recollect/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/recollect/bin/python -m compileall -q /opt/recollect/lib

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home recollect
WORKDIR /app
COPY --from=build /opt/recollect /opt/recollect
COPY config.yaml client/trusted-documents.json ./
ENV PATH=/opt/recollect/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RECOLLECT_STORE=firestore \
    RECOLLECT_WAREHOUSE=bigquery \
    RECOLLECT_IDENTITY=oidc \
    RECOLLECT_HOST=0.0.0.0 \
    RECOLLECT_PORT=8000
USER 10001
EXPOSE 8000 8501
ENTRYPOINT ["recollect"]
CMD ["serve"]
