/** One small real request: what its answer says is compared with what the gateway relies on. */
import type { CompletionEvent } from '../completion/event.js';
import type { CompletionRequest, RequestedModel } from '../completion/request.js';
import type { Config } from '../config/config.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { printableLine } from '../printable.js';
import { createUpstream } from '../upstream/create-upstream.js';
import { ModelCatalog } from '../upstream/model-catalog.js';
import { isSameModel } from '../upstream/model-names.js';
import type { RawAnswer } from '../upstream/raw-answer.js';
import { attempt } from './attempt.js';
import type { Report } from './report.js';

const QUESTION = 'Reply with the single word: pong';

/** Costs a few tokens. Reports only lengths of what was answered. */
export async function checkLive(config: Config, report: Report): Promise<void> {
  for (const entry of config.upstreams) await checkEntry(entry, config, report);
}

async function checkEntry(entry: UpstreamEntry, config: Config, report: Report): Promise<void> {
  report.title(`One real request${config.upstreamsFile === undefined ? '' : ` to ${entry.name}`}`);
  const upstream = createUpstream(entry, config);
  const answer = await attempt(report, 'the upstream answers it with a stream', async () => {
    const [own] = Object.entries(entry.models ?? {});
    const model =
      own === undefined
        ? await new ModelCatalog(upstream, config).resolve(config.modelName)
        : { name: own[0], id: own[1] };
    const observer = { observe: (served: string) => reportServedModel(model, served, report) };
    const raw = await upstream.check().ask(smallRequest(model), observer);
    for (const note of raw.notes) report.note(note);
    return raw;
  });
  if (answer === undefined) return;
  await attempt(report, 'the gateway makes a whole answer of it', async () => decodeAll(answer, report));
  for (const [assumption, holds] of answer.assumptions) {
    if (holds) report.good(assumption);
    else
      report.bad(
        `not so: ${assumption}`,
        'The upstream’s protocol has changed; please report it with the version of ZtoApi.',
      );
  }
}

function reportServedModel({ id, name }: RequestedModel, served: string, report: Report): void {
  if (isSameModel(served, id) || isSameModel(served, name))
    report.good(`${name} is served under its own name`);
  else report.note(`${name} (${id}) is answered by another model: ${printableLine(served)}`);
}

/** Throws the ApiError of an answer that is refused or cut. */
function decodeAll({ events: data, decoder }: RawAnswer, report: Report): void {
  const events: CompletionEvent[] = [];
  for (const one of data) decoder.decode(one, events);
  decoder.finish(events);
  const text = events.reduce((sum, event) => sum + (event.type === 'text-delta' ? event.text.length : 0), 0);
  const usage = events.find((event) => event.type === 'usage')?.usage;
  report.note(
    `${text} characters; tokens: ${usage?.promptTokens ?? '?'} in, ${usage?.completionTokens ?? '?'} out`,
  );
}

function smallRequest(model: RequestedModel): CompletionRequest {
  return {
    model,
    messages: [{ role: 'user', content: QUESTION }],
    thinking: true,
    sampling: {},
    stop: [],
    responseFormat: { type: 'text' },
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
  };
}
