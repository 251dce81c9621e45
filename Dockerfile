# syntax=docker/dockerfile:1
# 第一段：浏览器端代码与 Python 依赖；第二段：只带运行所需，以普通用户运行。
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/banshi
COPY requirements.lock ./
RUN /opt/banshi/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY web ./web
COPY api/static ./api/static
RUN /opt/banshi/bin/python web/build.py && rm -rf web/node_modules
COPY . .
RUN /opt/banshi/bin/pip install --no-cache-dir --no-deps -e .

FROM python:3.11-slim
# 文书排版用的中文字体
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/banshi --create-home banshi
COPY --from=build /opt/banshi /opt/banshi
COPY --from=build /src /src
ENV PATH=/opt/banshi/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BANSHI_HOME=/var/lib/banshi
WORKDIR /src
USER banshi
VOLUME /var/lib/banshi
EXPOSE 8000
CMD ["banshi", "serve"]
