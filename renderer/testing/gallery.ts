import { ago, makeDownload, now } from './builders.ts';
import { createFakeLauncher, type FakeLauncher } from './fake-launcher.ts';
import { scenario, scenarioNames, type ScenarioName } from './scenarios.ts';

/**
 * The launcher over a fake main, for looking at it: `gallery.html?scenario=downloading&theme=light#/downloads`.
 * Without a scenario it lists them. `live` makes the download move.
 */
const query = new URLSearchParams(window.location.search);
const name = scenarioNames.find((known) => known === query.get('scenario'));

if (name === undefined) listScenarios();
else void show(name);

function listScenarios(): void {
  const list = document.createElement('ul');
  for (const known of scenarioNames) {
    for (const theme of ['dark', 'light']) {
      const link = document.createElement('a');
      link.href = `?scenario=${known}&theme=${theme}&live#/home`;
      link.textContent = `${known}, ${theme}`;
      const item = document.createElement('li');
      item.append(link);
      list.append(item);
    }
  }
  document.body.replaceChildren(list);
}

async function show(chosen: ScenarioName): Promise<void> {
  const fake = createFakeLauncher(
    scenario(chosen, {
      theme: query.get('theme') === 'light' ? 'light' : 'dark',
      textScale: query.get('text') === '1.5' ? 1.5 : 1,
      artBase: query.get('art'),
    }),
  );
  // Pictures have to stay the same, so the clock stands still unless the state moves.
  if (query.has('live')) animate(fake);
  else Date.now = () => now;
  Object.assign(window, { launcher: fake.bridge, fake });
  await import('../main.tsx');
}

/** Let the first download run: ten steps a second, a sample a second, as main sends them. */
function animate(fake: FakeLauncher): void {
  let tick = 0;
  setInterval(() => {
    tick += 1;
    const { downloads } = fake.slices();
    const [first, ...rest] = downloads.queue;
    if (first === undefined || first.phase === 'paused' || first.phase === 'failed') return;
    const speed = 46_000_000 + Math.sin(tick / 9) * 9_000_000;
    const downloadedBytes = Math.min(
      first.downloadTotalBytes,
      Math.round(first.downloadedBytes + speed / 10),
    );
    const moved = makeDownload({
      ...first,
      phase: downloadedBytes < first.downloadTotalBytes ? 'downloading' : 'patching',
      downloadedBytes: downloadedBytes < first.downloadTotalBytes ? downloadedBytes : 0,
      networkBytesPerSecond: speed,
      secondsLeft: (first.downloadTotalBytes - downloadedBytes) / speed,
    });
    const sample = {
      at: Date.parse(ago(0)) + tick * 100,
      networkBytesPerSecond: speed,
      diskBytesPerSecond: speed * 1.4,
    };
    fake.change('downloads', {
      ...downloads,
      queue: [moved, ...rest],
      throughput: tick % 10 === 0 ? [...downloads.throughput.slice(-119), sample] : downloads.throughput,
    });
  }, 100);
}
