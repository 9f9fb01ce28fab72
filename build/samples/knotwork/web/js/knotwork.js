import { readSaved, writeSaved } from './saved-value.js';

/** A tile's open sides as bits: up 1, right 2, down 4, left 8. */
const sides = [
  [1, 0, -1],
  [2, 1, 0],
  [4, 0, 1],
  [8, -1, 0],
];

/** Turn tiles until no thread ends loose. Levels come from the books in `levels/`. */
export async function openKnotwork({ canvas, stage, settings, pack, sounds, launcher, announce }) {
  const linen = pack.picture(settings.cloth);
  let board = null;
  let cursor = { x: 0, y: 0, shown: false };
  let solvedFor = 0;

  const books = await Promise.all(settings.books.map(async (book) => (await fetch(book)).json()));
  const levels = books.flatMap((book) => book.levels.map((one) => ({ ...one, book: book.title })));
  let level = Math.min(readSaved('knotwork.level'), levels.length - 1);

  function begin() {
    const { width, height, tiles } = levels[level];
    const turned = tiles.map((tile, index) => ({ bits: tile, turn: 0, shown: 0, wobble: index }));
    turned.forEach((tile, index) => turnTile(tile, (index * 7 + level * 3) % 4));
    board = { width, height, tiles: turned };
    for (const tile of board.tiles) tile.shown = tile.turn;
    solvedFor = 0;
    cursor = { ...cursor, x: 0, y: 0 };
    announce(`Level ${level + 1}. ${width} by ${height} tiles.`);
  }

  function turnTile(tile, times = 1) {
    for (let turn = 0; turn < times; turn += 1) tile.bits = ((tile.bits << 1) | (tile.bits >> 3)) & 15;
    tile.turn += times;
  }

  function press(x, y) {
    sounds.wake();
    sounds.loop('music/loom.wav', 0.5);
    launcher.setState('playing');
    if (solvedFor > 0.8) {
      level = (level + 1) % levels.length;
      writeSaved('knotwork.level', level);
      begin();
      return;
    }
    if (solvedFor > 0 || x < 0 || y < 0 || x >= board.width || y >= board.height) return;
    const tile = board.tiles[y * board.width + x];
    turnTile(tile);
    sounds.ring(settings.notes[(x + y * 2) % settings.notes.length], {
      seconds: 0.7,
      volume: 0.16,
      shape: 'triangle',
    });
    if (!isSolved(board)) return;
    solvedFor = 0.0001;
    launcher.report('level-solved', level + 1);
    announce('Every thread is closed.');
    settings.notes.forEach((note, index) =>
      setTimeout(() => sounds.ring(note * 2, { volume: 0.16 }), index * 90),
    );
  }

  begin();

  function layout() {
    const cell = Math.min((stage.height * 0.72) / board.height, (stage.width * 0.8) / board.width, 110);
    return {
      cell,
      left: (stage.width - cell * board.width) / 2,
      top: (stage.height - cell * board.height) / 2 + 14,
    };
  }

  canvas.addEventListener('pointerdown', (event) => {
    const { cell, left, top } = layout();
    cursor.shown = false;
    press(Math.floor((event.clientX - left) / cell), Math.floor((event.clientY - top) / cell));
  });
  addEventListener('keydown', (event) => {
    const step = { ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowDown: [0, 1], ArrowLeft: [-1, 0] }[event.key];
    if (event.code === 'KeyM' && !event.repeat) sounds.toggleMute();
    if (step) {
      event.preventDefault();
      cursor = {
        x: (cursor.x + step[0] + board.width) % board.width,
        y: (cursor.y + step[1] + board.height) % board.height,
        shown: true,
      };
    }
    if (event.code === 'Space' || event.code === 'Enter') {
      event.preventDefault();
      cursor.shown = true;
      press(cursor.x, cursor.y);
    }
  });

  function paintTile(context, tile, cell, closed) {
    const glow = closed || solvedFor > 0;
    const arms = [0, 1, 2, 3].filter((arm) => (unturned(tile) >> arm) & 1);
    for (const [width, colour] of [
      [0.36, 'rgba(20,4,10,.6)'],
      [0.28, glow ? settings.gold : settings.thread],
      [0.1, glow ? '#fff3cf' : settings.threadLight],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = cell * width;
      context.lineCap = arms.length === 1 ? 'round' : 'butt';
      context.lineJoin = 'round';
      strokeArms(context, arms, cell / 2);
    }
    if (arms.length === 1) {
      context.fillStyle = glow ? settings.gold : settings.thread;
      context.beginPath();
      context.arc(0, 0, cell * 0.24, 0, Math.PI * 2);
      context.fill();
      context.fillStyle = glow ? '#fff3cf' : settings.threadLight;
      context.beginPath();
      context.arc(0, 0, cell * 0.1, 0, Math.PI * 2);
      context.fill();
    }
  }

  function paintBoard(context, seconds, now) {
    const { cell, left, top } = layout();
    board.tiles.forEach((tile, index) => {
      const x = index % board.width;
      const y = Math.floor(index / board.width);
      tile.shown += (tile.turn - tile.shown) * Math.min(1, seconds * (stage.still ? 60 : 16));
      context.save();
      context.translate(left + (x + 0.5) * cell, top + (y + 0.5) * cell);
      context.fillStyle = (x + y) % 2 === 0 ? 'rgba(255,226,190,.055)' : 'rgba(255,226,190,.025)';
      context.beginPath();
      context.roundRect(-cell / 2 + 2, -cell / 2 + 2, cell - 4, cell - 4, cell * 0.14);
      context.fill();
      if (solvedFor > 0 && !stage.still)
        context.scale(1 + Math.sin(Math.min(3.1, solvedFor * 5 - (x + y) * 0.2)) * 0.03, 1);
      context.rotate((tile.shown * Math.PI) / 2);
      paintTile(context, tile, cell, isClosed(board, x, y));
      context.restore();
    });
    if (!cursor.shown) return;
    context.strokeStyle = `rgba(255,243,207,${0.7 + 0.3 * Math.sin(now * 5)})`;
    context.lineWidth = 3;
    context.beginPath();
    context.roundRect(left + cursor.x * cell + 2, top + cursor.y * cell + 2, cell - 4, cell - 4, cell * 0.14);
    context.stroke();
  }

  return {
    frame(seconds, now) {
      const { context, width, height } = stage;
      if (solvedFor > 0) solvedFor += seconds;
      context.fillStyle = context.createPattern(linen, 'repeat');
      context.fillRect(0, 0, width, height);
      const light = context.createRadialGradient(
        width / 2,
        height * 0.45,
        0,
        width / 2,
        height * 0.45,
        width * 0.65,
      );
      light.addColorStop(0, `rgba(255,190,120,${0.03 + Math.min(0.2, solvedFor * 0.2)})`);
      light.addColorStop(0.45, 'rgba(16,4,10,.42)');
      light.addColorStop(1, 'rgba(12,4,10,.92)');
      context.fillStyle = light;
      context.fillRect(0, 0, width, height);
      paintBoard(context, seconds, now);
      words(
        context,
        `${levels[level].book} · ${level + 1} of ${levels.length}`,
        width / 2,
        52,
        19,
        '#f6dcae',
      );
      const hint =
        solvedFor > 0.8
          ? 'Closed. Press anything for the next.'
          : 'Turn the tiles until no thread ends loose';
      words(context, hint, width / 2, height - 34, 16, solvedFor > 0.8 ? '#ffd98a' : 'rgba(246,220,174,.7)');
    },
  };
}

function unturned(tile) {
  const back = ((tile.turn % 4) + 4) % 4;
  return ((tile.bits >> back) | (tile.bits << (4 - back))) & 15;
}

function isClosed(board, x, y) {
  const { bits } = board.tiles[y * board.width + x];
  return sides.every(([bit, dx, dy], arm) => {
    if ((bits & bit) === 0) return true;
    const nx = x + dx;
    const ny = y + dy;
    if (nx < 0 || ny < 0 || nx >= board.width || ny >= board.height) return false;
    return (board.tiles[ny * board.width + nx].bits & sides[(arm + 2) % 4][0]) !== 0;
  });
}

function isSolved(board) {
  return board.tiles.every((_, index) =>
    isClosed(board, index % board.width, Math.floor(index / board.width)),
  );
}

/** Two arms at a corner bend round; all others meet in the middle. */
function strokeArms(context, arms, half) {
  const end = (arm) => [sides[arm][1] * half, sides[arm][2] * half];
  context.beginPath();
  if (arms.length === 2 && (arms[1] - arms[0]) % 2 !== 0) {
    context.moveTo(...end(arms[0]));
    context.quadraticCurveTo(0, 0, ...end(arms[1]));
  } else {
    for (const arm of arms) {
      context.moveTo(...end(arm));
      context.lineTo(0, 0);
    }
  }
  context.stroke();
}

function words(context, text, x, y, size, colour) {
  context.font = `600 ${size}px Georgia, "Times New Roman", "DejaVu Serif", serif`;
  context.textAlign = 'center';
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
