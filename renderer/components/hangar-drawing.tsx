import styles from './hangar-drawing.module.css';

const stars: readonly (readonly [x: number, y: number, radius: number])[] = [
  [330, 330, 1.6],
  [392, 402, 1.1],
  [446, 306, 1.3],
  [512, 366, 1.8],
  [566, 318, 1.1],
  [622, 420, 1.4],
  [356, 470, 1.1],
  [474, 452, 1.2],
  [660, 346, 1.5],
  [700, 452, 1.1],
  [300, 412, 1.2],
];

/** The hangar by night, doors open: the launcher's own picture, beside sign-in. Colours come from the theme. */
export function HangarDrawing() {
  return (
    <svg viewBox="0 0 960 1080" preserveAspectRatio="xMidYMid slice" className={styles.scene} aria-hidden>
      <defs>
        <radialGradient id="hangar-glow">
          <stop className={styles.glowCore} />
          <stop offset="1" className={styles.glowEdge} />
        </radialGradient>
      </defs>
      <rect width="960" height="1080" className={styles.sky} />
      <g className={styles.star}>
        {stars.map(([x, y, radius]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r={radius} />
        ))}
      </g>
      <circle cx="650" cy="452" r="46" className={styles.moon} />
      <path d="M150 730l96-70 60 30 120-120 86 92 66-46 92 70 140-40v110H150z" className={styles.far} />
      <path d="M150 752l150-44 90 26 120-50 120 38 100-30 80 34v50H150z" className={styles.mid} />
      <path d="M0 1080V844l196-74h568l196 74v236z" className={styles.floor} />
      <path
        d="M480 770v310M352 770L150 1080M608 770l202 310M236 770L-140 1080M724 770l376 310"
        className={styles.seam}
      />
      <ellipse cx="480" cy="872" rx="330" ry="96" fill="url(#hangar-glow)" />
      {/* Doors, roof and its trusses. */}
      <path
        fillRule="evenodd"
        d="M0 0h960v856l-196-76V380C764 306 640 270 480 270S196 306 196 380v400L0 856z"
        className={styles.wall}
      />
      <path d="M196 780V380C196 306 320 270 480 270s284 36 284 110v400" className={styles.frame} />
      <path
        d="M0 176C160 100 300 76 480 76s320 24 480 100M0 232c160-76 300-98 480-98s320 22 480 98"
        className={styles.truss}
      />
      <path
        d="M20 168l40 36 44-74 48 50 48-72 50 54 50-72 52 58 52-66 50 60 52-62 52 60 52-58 50 66 52-56 48 72 52-52 46 74 42-40"
        className={styles.lattice}
      />
      {/* The gantry itself. */}
      <path d="M110 300l-40 590M146 300l18 590M850 300l40 590M814 300l-18 590" className={styles.leg} />
      <path
        d="M104 392l48-60M98 488l58-64M92 588l66-68M86 690l72-72M80 792l80-76M856 392l-48-60M862 488l-58-64M868 588l-66-68M874 690l-72-72M880 792l-80-76"
        className={styles.brace}
      />
      <path d="M84 262h792v38H84z" className={styles.beam} />
      <path d="M84 300h792" className={styles.edge} />
      {/* The craft under the beam, lit, waiting. */}
      <path d="M456 306v166M504 306v166" className={styles.cable} />
      <path d="M456 472l-40 74M504 472l40 74" className={styles.cable} />
      <rect x="430" y="250" width="100" height="58" rx="10" className={styles.trolley} />
      <circle cx="480" cy="279" r="8" className={styles.lamp} />
      <circle cx="480" cy="620" r="250" fill="url(#hangar-glow)" />
      <path
        d="M344 650c-84 6-150 30-190 62l14 20c70-18 132-22 194-20zM616 650c84 6 150 30 190 62l-14 20c-70-18-132-22-194-20z"
        className={styles.wing}
      />
      <path
        d="M330 664c0-76 64-122 150-122s150 46 150 122c0 44-60 78-150 78s-150-34-150-78z"
        className={styles.hull}
      />
      <path
        d="M330 664c0 44 60 78 150 78s150-34 150-78c-34 26-88 38-150 38s-116-12-150-38z"
        className={styles.keel}
      />
      <path d="M410 622c6-38 32-56 70-56s64 18 70 56c-42 14-98 14-140 0z" className={styles.lamp} />
      <path d="M480 566v66M436 580l-8 46M524 580l8 46" className={styles.pane} />
      {/* Somebody, for scale. */}
      <ellipse cx="690" cy="962" rx="54" ry="9" className={styles.shade} />
      <path
        d="M662 960l4-62c-8-4-8-20-4-40 3-16 12-22 22-22s19 6 22 22c4 20 4 36-4 40l4 62h-16l-6-48-6 48z"
        className={styles.person}
      />
      <circle cx="684" cy="820" r="13" className={styles.person} />
      <path d="M664 862c-10 14-16 30-18 46" className={styles.arm} />
      <rect x="636" y="906" width="18" height="22" rx="4" className={styles.lamp} />
    </svg>
  );
}

/** An empty bay: nothing hangs from the crane yet. For empty lists. */
export function EmptyBayDrawing() {
  return (
    <svg viewBox="0 0 360 200" className={styles.small} aria-hidden>
      <path d="M52 40h256v10H52z" className={styles.beam} />
      <path d="M66 50l-14 126M78 50l14 126M294 50l14 126M282 50l-14 126" className={styles.leg} />
      <path d="M62 92l22-26M58 134l29-40M298 92l-22-26M302 134l-29-40" className={styles.brace} />
      <rect x="164" y="36" width="32" height="20" rx="4" className={styles.trolley} />
      <path d="M180 56v38M180 94c0 8 12 8 12 0" className={styles.hook} />
      <path d="M136 128h88v48h-88z" className={styles.ghost} />
      <path d="M24 176h312" className={styles.ground} />
    </svg>
  );
}
