import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A build held in memory: what stands at each path, with forward slashes, below the build's root. */
export class SampleTree {
  private readonly files = new Map<string, { data: Buffer; executable: boolean }>();
  private readonly links = new Map<string, string>();
  private readonly emptyFolders = new Set<string>();

  file(at: string, data: Buffer | string): this {
    this.files.set(at, { data: toBuffer(data), executable: false });
    return this;
  }

  /** A file with mode 0755. */
  script(at: string, data: string): this {
    this.files.set(at, { data: toBuffer(data), executable: true });
    return this;
  }

  /** A relative symbolic link; `to` is seen from the link's own folder. */
  link(at: string, to: string): this {
    this.links.set(at, to);
    return this;
  }

  emptyFolder(at: string): this {
    this.emptyFolders.add(at);
    return this;
  }

  /**
   * Add every file below a source folder, code passed through `shipCode`.
   * Files added later at the same path replace earlier ones, so a second build is an overlay on the first.
   */
  async folder(from: string, to: string, banner: string): Promise<this> {
    const names = await readdir(from, { recursive: true, withFileTypes: true });
    for (const name of names.filter((entry) => entry.isFile())) {
      const full = path.join(name.parentPath, name.name);
      const at = path.posix.join(to, path.relative(from, full).split(path.sep).join('/'));
      const text = await readFile(full, 'utf8');
      this.file(at, at.endsWith('.js') ? shipCode(text, banner) : text);
    }
    return this;
  }

  get fileCount(): number {
    return this.files.size;
  }

  get sizeBytes(): number {
    return [...this.files.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Write the tree; modes do not depend on the umask. Symbolic links need a system that has them. */
  async write(outDir: string): Promise<void> {
    for (const folder of this.emptyFolders) {
      await mkdir(path.join(outDir, folder), { recursive: true });
    }
    for (const [at, { data, executable }] of this.files) {
      const full = path.join(outDir, at);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, data);
      await chmod(full, executable ? 0o755 : 0o644);
    }
    for (const [at, to] of this.links) {
      const full = path.join(outDir, at);
      await mkdir(path.dirname(full), { recursive: true });
      await symlink(to, full);
    }
  }
}

/**
 * What a release build does to a module: whole-line comments, indentation and blank lines go, a banner comes.
 * Doing no more keeps the shipped code readable while every module still changes from build to build.
 */
function shipCode(source: string, banner: string): string {
  const lines = source
    .replaceAll(/^\s*\/\*\*?[\s\S]*?\*\/\s*$/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'));
  return `/* ${banner} */\n${lines.join('\n')}\n`;
}

function toBuffer(data: Buffer | string): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : data;
}
