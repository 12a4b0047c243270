# The compiler stays behind in the first stages. Build: docker build -t gatehouse .
# Run for a look: docker run --rm -p 8080:8080 gatehouse serve --dev. In earnest: docs/operations.md.
# scripts/test-container builds and uses it without a daemon.
FROM debian:bookworm-slim AS build-packages
WORKDIR /src
# A stage of their own, so that a change of the source does not install them again.
COPY scripts/setup scripts/setup
RUN scripts/setup packages && rm -rf /var/lib/apt/lists/*

FROM build-packages AS build
# What .dockerignore lets through.
COPY . .
RUN cmake --preset release -DGATEHOUSE_TESTS=OFF -DGATEHOUSE_BENCH=OFF \
 && cmake --build --preset release -j "$(nproc)" --target gatehouse \
 && install -s -m 0755 build/release/edge/gatehouse /usr/local/bin/gatehouse

FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    libgrpc++1.51 libprotobuf32 libabsl20220623 libssl3 zlib1g liburing2 libyaml-cpp0.7 libspdlog1.10 libfmt9 \
    libsimdjson14 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gatehouse
COPY --from=build /usr/local/bin/gatehouse /usr/local/bin/gatehouse
# A library that is not in the list above stops the build here, not the container later.
RUN ! ldd /usr/local/bin/gatehouse | grep 'not found'
USER gatehouse
# 8080 clients, 9090 control API, 9091 health and metrics.
EXPOSE 8080 9090 9091
# SIGTERM drains; the orchestrator's grace period must be longer than drain.timeout.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["gatehouse", "health"]
ENTRYPOINT ["gatehouse"]
CMD ["serve"]
