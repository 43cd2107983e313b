/** Security headers of pages: nothing inline, nothing from elsewhere, no frames. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** What needs HTTPS is left out: plain HTTP must work too. */
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
