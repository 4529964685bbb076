# `docker run -p 8501:8501 IMAGE` opens with the demo, like `make run`.
# CPU by default; for an NVIDIA GPU: docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128 .
FROM node:22-slim AS viewer
WORKDIR /viewer
COPY dashboard/components/room_viewer/frontend/ .
RUN npm ci --no-audit --no-fund && npm run build

FROM python:3.11-slim
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN apt-get update && apt-get install -y --no-install-recommends \
      chromium curl libegl1 libgl1 libgomp1 libidn2-0 libudev1 libusb-1.0-0 libx11-6 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" --no-deps "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=viewer /viewer/dist dashboard/components/room_viewer/frontend/dist
RUN useradd --create-home showroom && mkdir /data && chown showroom /data
USER showroom
# Compiled kernels are kept in the volume: only the first container of all compiles them.
ENV SHOWROOM_DATA=/data NUMBA_CACHE_DIR=/data/numba PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD curl -fs http://localhost:8501/_stcore/health
CMD ["python", "-m", "dashboard.up", "--host", "0.0.0.0"]
