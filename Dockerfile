# Sallyport in one process:  docker build --target embedded -t sallyport-embedded .     the package `sallyport`, installed
# The services of Sallyport: docker build -t sallyport .          all five; `docker run sallyport node apps/audit/dist/main.js`
#                            docker build --build-arg WORKSPACES=apps/gateway .                                       one alone
#                            docker build --target shop --build-arg WORKSPACES="… examples/shop" .    with the shop to try out
# npm's own settings (registry, proxy, token) may come as a secret: --secret id=npmrc,src=$HOME/.npmrc
ARG NODE_IMAGE=node:24-bookworm-slim
ARG WORKSPACES="apps/gateway apps/rate-limit apps/authorization apps/confirmation apps/audit"

# What npm needs to know, and nothing else, so that a change of source does not install again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY --from=manifests /src .
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts
COPY . .
# tar leaves out what only a compiler reads.
RUN node_modules/.bin/tsc -b apps/gateway apps/rate-limit apps/authorization apps/confirmation apps/audit && mkdir /out \
 && find apps libs -type d -name dist -print0 \
  | tar c --exclude='*.d.ts' --exclude='*.d.ts.map' --exclude=.tsbuildinfo --null -T - | tar x -C /out

FROM build AS package
RUN node_modules/.bin/tsc -b apps/cli && node tools/pack/src/pack.ts

# It is the package that npm installs, with the Node of the image. Nothing else is in it, so that it fetches nothing.
FROM ${NODE_IMAGE} AS embedded
ENV NODE_ENV=production
RUN --mount=from=package,source=/src/dist,target=/package \
    npm install --global --offline --omit=optional --no-audit --no-fund /package/sallyport-*.tgz \
 && install -d -o node -g node /config /data
WORKDIR /config
USER node
EXPOSE 8787
ENTRYPOINT ["sallyport"]
CMD ["serve"]

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /src
COPY --from=manifests /src .
ARG WORKSPACES
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts $(printf -- '--workspace=%s ' ${WORKSPACES})

# node_modules/@sallyport/* are links, so apps/ and libs/ stay where they were.
FROM ${NODE_IMAGE} AS sallyport
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /src ./
COPY --from=build /out ./
COPY deploy ./deploy
USER node
EXPOSE 8787
CMD ["node", "--max-semi-space-size=16", "apps/gateway/dist/main.js", "--config", "/config/sallyport.yaml"]

FROM sallyport AS shop
COPY examples/shop ./examples/shop

FROM sallyport
