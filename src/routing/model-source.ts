/** The models of all entries as one list for the catalogue, and which entry serves which. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamModel } from '../completion/model-info.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { NameIndex, normalizeSpelling } from '../upstream/model-names.js';
import { modelsOf } from '../upstream/models.js';
import type { Upstream } from '../upstream/upstream.js';

/** An entry with its client. */
export interface Member {
  readonly entry: UpstreamEntry;
  readonly upstream: Upstream;
}

/** How long a list waits for entries that are slow to tell theirs, in milliseconds. */
const SLOW_MS = 2_000;

export class ModelSource implements Pick<Upstream, 'models' | 'unlistedModels' | 'knownModels'> {
  readonly unlistedModels: Upstream['unlistedModels'];
  readonly knownModels?: readonly UpstreamModel[];
  readonly #lists = new Map<Member, ModelList>();

  constructor(private readonly members: readonly Member[]) {
    const open = members.filter(({ entry }) => entry.models === undefined);
    const kinds = open.map(({ upstream }) => upstream.unlistedModels);
    this.unlistedModels = (['any', 'glm'] as const).find((kind) => kinds.includes(kind)) ?? 'none';
    for (const member of members) {
      const known = configuredModels(member.entry) ?? member.upstream.knownModels;
      if (known !== undefined) this.#lists.set(member, indexModels(known));
    }
    if (this.#lists.size > 0) this.knownModels = this.#union();
  }

  /** Rejects with the first failure when nothing is known of any entry. */
  async models(): Promise<readonly UpstreamModel[]> {
    const asked = this.members
      .filter(({ entry }) => entry.models === undefined)
      .map(async (member) => {
        this.#lists.set(member, indexModels(await member.upstream.models()));
      });
    const all = Promise.allSettled(asked);
    await Promise.race([all, sleep(SLOW_MS, undefined, { ref: false })]);
    if (this.#lists.size === 0) await Promise.any(asked).catch(() => Promise.all(asked));
    return this.#union();
  }

  /** The model as the entry lists it; `undefined` when it does not. */
  findByName(member: Member, name: string): UpstreamModel | undefined {
    return this.#lists.get(member)?.byName.find(name);
  }

  findById(member: Member, id: string): UpstreamModel | undefined {
    return this.#lists.get(member)?.byId.find(id)?.model;
  }

  #union(): UpstreamModel[] {
    const models = new Map<string, UpstreamModel>();
    for (const member of this.members) {
      for (const model of this.#lists.get(member)?.models ?? []) {
        const key = normalizeSpelling(model.name);
        const known = models.get(key);
        // One entry may list what another serves without listing it.
        if (known === undefined || (known.isListed === false && model.isListed !== false))
          models.set(key, model);
      }
    }
    return [...models.values()];
  }
}

interface ModelList {
  readonly models: readonly UpstreamModel[];
  readonly byName: NameIndex<UpstreamModel>;
  readonly byId: NameIndex<{ readonly name: string; readonly model: UpstreamModel }>;
}

function indexModels(models: readonly UpstreamModel[]): ModelList {
  const byId = new NameIndex(models.map((model) => ({ name: model.id, model })));
  return { models, byName: new NameIndex(models), byId };
}

function configuredModels({ models, protocol }: UpstreamEntry): UpstreamModel[] | undefined {
  if (models === undefined) return undefined;
  const table = modelsOf(protocol === 'zai-web' ? 'web' : 'api');
  const { byId, byName } = indexModels(table);
  return Object.entries(models).map(([name, id]) => {
    const row = byId.find(id)?.model ?? byName.find(name);
    return { ...(row ?? { created: 0, ownedBy: 'unknown' }), name, id };
  });
}
