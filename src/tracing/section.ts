import { defineSection, reader, wholeNumber, type SectionValues } from '#config/index.ts';

export const tracingSection = defineSection('tracing', {
  title: 'Traces',
  settings: {
    url: {
      env: 'TROUSSEAU_TRACES_URL',
      schema: reader('an address that takes OTLP over HTTP, `http(s)://…/v1/traces`', readUrl).optional(),
      description:
        'Where OpenTelemetry traces are sent (OTLP/HTTP, JSON): one span a request, named by its route, without paths, people or patients. Without it none are made.',
      example: 'http://127.0.0.1:4318/v1/traces',
    },
    headers: {
      env: 'TROUSSEAU_TRACES_HEADERS',
      schema: reader('`name=value` pairs separated by commas', readHeaders).optional(),
      secret: true,
      description: 'What is sent with them, such as a token of the collector.',
      example: 'authorization=Bearer …',
    },
    percent: {
      env: 'TROUSSEAU_TRACES_PERCENT',
      schema: wholeNumber(1, 100),
      default: '100',
      description:
        'How many requests in a hundred are traced. A declared proxy that says itself whether (`traceparent`) is followed.',
    },
  },
});

export type TracingSettings = SectionValues<typeof tracingSection>;

function readUrl(text: string): string | undefined {
  return URL.canParse(text) && /^https?:\/\/[^/@]+\//u.test(text) ? text : undefined;
}

function readHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text
    .split(',')
    .map(pair => /^\s*(?<name>[\w-]+)=(?<value>[\x20-\x7e]+)$/u.exec(pair)?.groups);
  if (pairs.some(pair => pair === undefined)) return undefined;
  return Object.fromEntries(pairs.map(pair => [pair?.['name'] ?? '', pair?.['value']?.trim() ?? '']));
}
