import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { readTracing, TRACING_NAMES } from '../../src/config/tracing.js';
import { startWarnings } from '../../src/doctor/warnings.js';

const COLLECTOR = 'http://collector:4318';
const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR };

describe('The variables of OpenTelemetry', () => {
  it('turn tracing on only where they name an exporter', () => {
    const isOn = (environment: Record<string, string>) => readTracing(environment).settings !== undefined;
    expect(isOn({})).to.equal(false);
    expect(isOn({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' })).to.equal(false);
    expect(isOn(ON)).to.equal(true);
    expect(isOn({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: COLLECTOR })).to.equal(true);
    expect(isOn({ OTEL_TRACES_EXPORTER: 'otlp' })).to.equal(true);
    expect(isOn({ ...ON, OTEL_TRACES_EXPORTER: 'none' })).to.equal(false);
    expect(isOn({ ...ON, OTEL_SDK_DISABLED: 'true' })).to.equal(false);
  });

  it('name a base to which the path of traces is added, or the whole address of traces', () => {
    const urlOf = (environment: Record<string, string>) => readTracing(environment).settings?.url;
    expect(urlOf({ OTEL_TRACES_EXPORTER: 'otlp' })).to.equal('http://localhost:4318/v1/traces');
    expect(urlOf({ OTEL_EXPORTER_OTLP_ENDPOINT: `${COLLECTOR}/base/` })).to.equal(
      `${COLLECTOR}/base/v1/traces`,
    );
    expect(urlOf({ ...ON, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/x' })).to.equal(
      'https://traces/x',
    );
  });

  it('read headers, resource and sampler in their standard forms', () => {
    const { settings, warnings } = readTracing({
      ...ON,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc, x-team = a',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-resource,deployment.environment.name=test',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    expect(warnings).to.deep.equal([]);
    expect(settings?.headers).to.deep.equal({ authorization: 'Basic abc', 'x-team': 'a' });
    expect(settings?.serviceName).to.equal('from-resource');
    expect(settings?.resourceAttributes).to.deep.equal({ 'deployment.environment.name': 'test' });
    expect(settings?.sampler).to.deep.equal({ ratio: 0.25, obeysParent: true });
  });

  it('are told and ignored when their value cannot be used, without showing it', () => {
    for (const [name, value] of [
      ['OTEL_EXPORTER_OTLP_HEADERS', 'canary'],
      ['OTEL_EXPORTER_OTLP_HEADERS', 'x=%zzcanary'],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'canary:4318'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'canary'],
      ['OTEL_EXPORTER_OTLP_TIMEOUT', '-canary'],
      ['OTEL_TRACES_SAMPLER', 'canary'],
      ['OTEL_TRACES_EXPORTER', 'otlp,canary'],
      ['OTEL_SDK_DISABLED', 'canary'],
      ['OTEL_BSP_MAX_QUEUE_SIZE', '0'],
    ] as const) {
      const { warnings } = readTracing({ ...ON, [name]: value });
      expect(warnings, `${name}=${value}`).to.have.length(1);
      expect(warnings[0]).to.contain(name).and.not.to.contain('canary');
    }
    const { warnings } = readTracing({
      ...ON,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '2',
    });
    expect(warnings).to.have.length(1);
  });

  it('are known names, and their warnings come at the start', () => {
    expect(TRACING_NAMES).to.include.members(['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_SERVICE_NAME']);
    const config = loadConfig({ ...ON, OTEL_TRACES_SAMPLER: 'sometimes' });
    expect(startWarnings(config).join('\n')).to.contain('OTEL_TRACES_SAMPLER');
  });
});
