# `docker compose up` opens with the demo, like `make run`. Alone: docker run -p 127.0.0.1:8501:8501 IMAGE
# (it prints a password; SHOWROOM_PASSWORD sets one).
# CPU by default; for an NVIDIA GPU: docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128 .
# Size: 4.2 GB of Python packages with the CPU build of PyTorch (measured in a virtual environment), and Chromium and
# the base beside them; the CUDA build takes several GB more.
# Bases are named by their whole version. docs/operations.md says how to hold them to the byte (a digest is a registry's
# to tell) and how to build with a list of what is inside (SBOM).
ARG PYTHON_BASE=python:3.11.13-slim-bookworm
ARG NODE_BASE=node:22.12.0-bookworm-slim

FROM ${NODE_BASE} AS viewer
WORKDIR /viewer
COPY dashboard/components/room_viewer/frontend/ .
RUN npm ci --no-audit --no-fund && npm run build

FROM ${PYTHON_BASE}
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN apt-get update && apt-get install -y --no-install-recommends \
      chromium libegl1 libgl1 libgomp1 libidn2-0 libudev1 libusb-1.0-0 libx11-6 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# Everything but PyTorch is held to the hashes of the lock file; what PyTorch needs comes from its own index.
COPY requirements.txt requirements.lock ./
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
COPY --from=viewer /viewer/dist dashboard/components/room_viewer/frontend/dist
# User 10001 owns /data. Another user (docker run --user, a volume of the host) needs the right to write there; the
# code is read-only for everybody. Compiled kernels are kept in the volume: only the first container compiles them.
RUN useradd --uid 10001 --create-home showroom && mkdir /data && chown 10001:10001 /data
USER 10001:10001
ENV SHOWROOM_DATA=/data NUMBA_CACHE_DIR=/data/numba HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8501
# The server answers as soon as it listens, before the demo is made; the first start compiles kernels on the way.
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s --retries=3 CMD ["python", "-m", "dashboard.healthy"]
CMD ["python", "-m", "dashboard.up", "--host", "0.0.0.0"]
