// Writes docs/errors.md from the error tables in the code; with --check, says whether it is current.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

interface ErrorSpec {
  readonly family: string;
  readonly sentence: string;
  readonly next: string;
}

const page = 'docs/errors.md';
const folders = ['patcher', 'backend', 'main'] as const;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const text = formatPage(await readTables());

if (!values.check) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error(`${page} does not match the code. Run "npm run errors" and commit it.`);
  process.exitCode = 1;
}

/** Every table a module exports by `defineErrors`, by the file that declares it. */
async function readTables(): Promise<Map<string, Map<string, ErrorSpec>>> {
  const tables = new Map<string, Map<string, ErrorSpec>>();
  const owners = new Map<string, string>();
  for (const file of findDeclaringFiles()) {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    for (const catalogue of Object.values(module).filter(isCatalogue)) {
      const table = new Map(Object.entries(catalogue.specs));
      for (const [code, spec] of table) {
        claimCode(owners, code, file);
        refuseUnitTwice(code, spec);
      }
      tables.set(file, table);
    }
  }
  return tables;
}

function claimCode(owners: Map<string, string>, code: string, file: string): void {
  const owner = owners.get(code);
  if (owner !== undefined) throw new Error(`${code} is declared in ${owner} and in ${file}`);
  owners.set(code, file);
}

/** A detail whose name ends in `Bytes` is filled in with its unit. */
function refuseUnitTwice(code: string, { sentence, next }: ErrorSpec): void {
  if (/Bytes\} bytes/.test(`${sentence} ${next}`)) throw new Error(`${code} says the unit of a size twice`);
}

function findDeclaringFiles(): string[] {
  const output = execFileSync('git', ['grep', '--untracked', '-l', '= defineErrors(', '--', ...folders], {
    encoding: 'utf8',
  });
  return output.split('\n').filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
}

function isCatalogue(value: unknown): value is { specs: Record<string, ErrorSpec> } {
  return typeof value === 'object' && value !== null && 'specs' in value && 'error' in value;
}

function formatPage(tables: Map<string, Map<string, ErrorSpec>>): string {
  const sections = [...tables]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, table]) => formatSection(file, table));
  return [
    '# Errors',
    '',
    'Every expected failure has a code that never changes its meaning. The CLIs print it with `--json`, the API sends it',
    'in a problem document, the launcher shows the sentence and the next step on a card.',
    'This page is generated from the code by `npm run errors`.',
    '',
    ...sections,
  ].join('\n');
}

function formatSection(file: string, table: Map<string, ErrorSpec>): string {
  const rows = [...table]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, spec]) =>
        `| \`${code}\` | ${spec.family} | ${escapeCell(spec.sentence)} | ${escapeCell(spec.next)} |`,
    );
  return [
    `## ${file}`,
    '',
    '| code | family | what happened | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
