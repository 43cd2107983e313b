# The gateway's image: compiled in one stage, run in another that holds only what running needs.
#   docker build -t zto-api .
#   docker run -p 9090:9090 -v ztoapi:/data -e ZAI_TOKEN=... -e DEFAULT_KEY=... zto-api

FROM node:24-bookworm-slim AS build
WORKDIR /app
# The packages before the source: they are installed again only when these two files change.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:24-bookworm-slim
# In a container 127.0.0.1 is the container alone, hence HOST.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
# A volume that is made for the container takes over the owner.
RUN mkdir -m 700 /data && chown node:node /data
VOLUME /data
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY config.env ./
COPY views ./views
COPY --from=build /app/dist ./dist
USER node
EXPOSE 9090
# The image has no curl. PORT is read here, because `docker run -e PORT=...` may change it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 9090}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without npm or a shell in between: `docker stop` signals the gateway itself, which then drains.
CMD ["node", "dist/main.js"]
