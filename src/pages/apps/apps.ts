/** All set-ups of the documentation. `docs/clients.md` has the same. */
import type { Site } from '../../openapi/endpoint.js';
import { agents } from './agents.js';
import { chatApps } from './chat-apps.js';
import { libraries } from './libraries.js';
import type { AppSetup } from './setup.js';

export function appSetups(site: Site): AppSetup[] {
  return [...agents(site), ...chatApps(site), ...libraries(site)];
}
