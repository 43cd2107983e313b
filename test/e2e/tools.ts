/** The two tools that every client's loop is run with, and what is expected of it. */
import { expect } from 'chai';
import { z } from 'zod';
import type { UpstreamForm } from '../support/gateway.js';

export interface ToolCase {
  what: string;
  form: UpstreamForm;
  model: string;
  /** Scenario words that put a mishap into the middle of the first call. */
  middle: string;
}

/** The upstreams that take tools, and each way in which they write calls. */
export const TOOL_CASES: readonly ToolCase[] = [
  { what: 'Z.ai, whole calls', form: 'zai', model: 'GLM-4.5', middle: 'sim:after=1' },
  { what: 'Z.ai, streamed arguments', form: 'zai', model: 'GLM-4.6', middle: 'sim:after=3' },
  { what: 'self-hosted', form: 'self-hosted', model: 'glm-4.5', middle: 'sim:after=4' },
  { what: 'the web chat, emulated', form: 'web', model: 'GLM-4.5', middle: 'sim:tools-as=prose sim:after=6' },
];

export const WEATHER = z.object({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) });
export const TIME = z.object({ zone: z.string(), offsets: z.array(z.number().int().min(-12)).min(1) });

export const DESCRIPTIONS = { get_weather: 'Tells the weather.', get_time: 'Tells the time.' };

/** Runs the two tools and remembers with what they were called. */
export class Toolbox {
  readonly called: { name: string; given: unknown }[] = [];

  get_weather = (given: unknown): string => {
    this.called.push({ name: 'get_weather', given: WEATHER.parse(given) });
    return '4 degrees, 多云 ☁️';
  };

  get_time = (given: unknown): string => {
    this.called.push({ name: 'get_time', given: TIME.parse(given) });
    return 'half past nine';
  };

  /** Both were called, in their order, with arguments that fit; and the answer quotes what they gave. */
  expectLoop(answer: string | null | undefined): void {
    expect(this.called).to.deep.equal([
      { name: 'get_weather', given: { city: 'Oslo 奥斯陆', unit: 'celsius' } },
      { name: 'get_time', given: { zone: 'Oslo 奥斯陆', offsets: [-12] } },
    ]);
    expect(answer).to.contain('“4 degrees, 多云 ☁️” and “half past nine”');
  }
}
