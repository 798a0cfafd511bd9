# The image of `make image`, for who has an engine and no Go toolchain: docker build -t holon .
# A static binary on nothing. The data dir is a volume; the process is nobody. cmd/image/image.go says the same.
FROM golang:1.26 AS build
ARG VERSION=0.1.0-dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /holon ./cmd/holon \
 && mkdir -p /data && chown 65532:65532 /data

FROM scratch
ARG VERSION=0.1.0-dev
ARG REVISION=unknown
COPY --from=build /holon /holon
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV HOLON_DATA_DIR=/data HOLON_HTTP_ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/holon","health"]
ENTRYPOINT ["/holon"]
CMD ["run"]
LABEL org.opencontainers.image.description="Modular monolith in one binary, on embedded storage"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.revision="${REVISION}"
LABEL org.opencontainers.image.title="holon"
LABEL org.opencontainers.image.version="${VERSION}"
