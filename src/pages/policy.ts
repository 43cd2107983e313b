/** Security headers of pages: they forbid inline scripts, resources of other origins, and frames. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Without the directives that need HTTPS: pages also work over HTTP. */
export function pagePolicy(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}
