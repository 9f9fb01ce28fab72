import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../peers/gantry.ts';
import { fillBlocks } from '../report/write-report.ts';
import type { Study } from './run-study.ts';
import { renderStudy } from './study-tables.ts';

/** All tables, as they are printed. */
export function renderStudyReport(study: Study): string {
  const tables = Object.entries(renderStudy(study)).map(([name, table]) => `## ${name}\n\n${table}\n`);
  return ['# Chunk study\n', ...tables].join('\n');
}

/** Write all figures into a folder. */
export async function writeStudy(study: Study, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'chunks.json'), `${JSON.stringify(study, null, 1)}\n`);
  await writeFile(join(folder, 'chunks.md'), renderStudyReport(study));
}

/** Put the tables between the marks `<!-- chunks:NAME -->` of the project's documentation. */
export async function writeStudyDocs(study: Study): Promise<void> {
  const page = join(projectFolder, 'docs', 'performance.md');
  await writeFile(page, fillBlocks(await readFile(page, 'utf8'), renderStudy(study), 'chunks'));
}
