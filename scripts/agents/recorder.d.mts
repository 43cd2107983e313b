// Types of recorder.mjs, for the tests.
import type { NamedModels } from './agents.mjs';

export function startRecorder(
  target: string,
): Promise<{ url: string; answers: NamedModels[]; close(): void }>;
