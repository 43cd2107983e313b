/** Code samples of an endpoint. */
import type { Endpoint, Sample, Site } from './endpoint.js';

/** The curl command first, then the endpoint's own samples. */
export function buildSamples(endpoint: Endpoint, site: Site): Sample[] {
  return [buildCurl(endpoint, site), ...(endpoint.samples?.(site) ?? [])];
}

/** Sends the sample's body to the sample's path, with the credential that the endpoint needs. */
function buildCurl({ method, access, path, samplePath, sampleBody }: Endpoint, site: Site): Sample {
  const body = sampleBody?.(site.model);
  const options = [
    ['delete', 'patch'].includes(method) ? `-X ${method.toUpperCase()} ` : '',
    body !== undefined && 'stream' in body ? '-N ' : '',
    path.endsWith('.csv') ? '-OJ ' : '',
    access === 'password' ? '-u team:PASSWORD ' : '',
  ];
  const lines = [`curl ${options.join('')}${site.origin}${samplePath?.(site.model) ?? path}`];
  if (access === 'session') lines.push('  -b "ztoapi=$SESSION"');
  if (access === 'admin') lines.push('  -H "Authorization: Bearer $ADMIN_PASSWORD"');
  if (access === 'key') lines.push(`  -H "Authorization: Bearer ${site.key}"`);
  if (body !== undefined) {
    const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
    lines.push('  -H "Content-Type: application/json"', `  -d '${quoted}'`);
  }
  return { lang: 'shell', label: 'curl', source: lines.join(' \\\n') };
}

/** Python that uses `client`, an object of class `name` of the package `library`. */
export function pythonSample(library: string, name: string, base: string, key: string, code: string): Sample {
  const head = `# pip install ${library}\nfrom ${library} import ${name}`;
  const source = `${head}\n\nclient = ${name}(base_url="${base}", api_key="${key}")\n${code}`;
  return { lang: 'python', label: 'Python', source };
}

/** Python that uses `client`, OpenAI's. */
export function openaiPython({ origin, key }: Site, code: string): Sample {
  return pythonSample('openai', 'OpenAI', `${origin}/v1`, key, code);
}

/** JavaScript that uses `client`, OpenAI's. */
export function openaiJavascript({ origin, key }: Site, code: string): Sample {
  const head = "// npm install openai\nimport OpenAI from 'openai';";
  const source = `${head}\n\nconst client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${key}' });\n${code}`;
  return { lang: 'javascript', label: 'JavaScript', source };
}
