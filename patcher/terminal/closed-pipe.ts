/** A reader that has seen enough (`gantry builds x | head`) ends neither the work nor the program with a stack trace. */
export function tolerateClosedPipes(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
