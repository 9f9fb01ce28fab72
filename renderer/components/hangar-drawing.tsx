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
      <rect width="960" height="1080" className={styles.sky} />
      <g className={styles.star}>
        {stars.map(([x, y, radius]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r={radius} />
        ))}
      </g>
      <circle cx="604" cy="470" r="58" className={styles.moon} />
      <path d="M150 720l120-92 70 44 106-108 92 84 60-40 96 74 116-28v80H150z" className={styles.far} />
      <path d="M150 740l150-40 90 22 120-46 120 34 100-26 80 30v40H150z" className={styles.mid} />
      {/* The craft under the beam, waiting. */}
      <path d="M480 292v214" className={styles.cable} />
      <path d="M430 560l50-54 50 54" className={styles.sling} />
      <path d="M386 640c0-52 42-86 94-86s94 34 94 86l-26 36H412z" className={styles.hull} />
      <path d="M386 640l-66 34 6 16 90-14zM574 640l66 34-6 16-90-14z" className={styles.hull} />
      <path d="M438 612c8-22 22-32 42-32s34 10 42 32z" className={styles.lamp} />
      {/* Floor and the light that falls on it. */}
      <path d="M0 1080V836l200-66h560l200 66v244z" className={styles.floor} />
      <path d="M390 770h180l170 310H220z" className={styles.pool} />
      <path d="M480 770v310M300 770L60 1080M660 770l240 310" className={styles.mark} />
      {/* Door frame, roof and its trusses. */}
      <path
        fillRule="evenodd"
        d="M0 0h960v852l-190-66V356C770 300 640 262 480 262S190 300 190 356v430L0 852z"
        className={styles.wall}
      />
      <path d="M0 196C160 120 300 96 480 96s320 24 480 100" className={styles.truss} />
      <path d="M0 262C160 186 300 164 480 164s320 22 480 98" className={styles.truss} />
      <path
        d="M40 178l50 44 40-72 50 52 44-76 52 62 46-76 54 68 50-78 54 74 50-78 50 78 54-72 46 76 52-64 44 76 50-52 40 72 50-44"
        className={styles.lattice}
      />
      {/* The gantry itself. */}
      <path d="M96 268h768v30H96z" className={styles.beam} />
      <path d="M118 298l-26 544M150 298l26 500M842 298l26 544M810 298l-26 500" className={styles.leg} />
      <path
        d="M112 430l44-66M106 560l56-100M100 690l66-116M848 430l-44-66M854 560l-56-100M860 690l-66-116"
        className={styles.brace}
      />
      <rect x="440" y="258" width="80" height="46" rx="8" className={styles.trolley} />
      <circle cx="480" cy="281" r="7" className={styles.lamp} />
      {/* Somebody, for scale. */}
      <path
        d="M700 900c0-16 8-24 18-24s18 8 18 24l4 64h-14l-4 58h-10l-2-50-2 50h-10l-4-58h-12z"
        className={styles.person}
      />
      <circle cx="718" cy="862" r="12" className={styles.person} />
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

/** Two connectors that do not meet. For a service that cannot be reached. */
export function UnpluggedDrawing() {
  return (
    <svg viewBox="0 0 360 200" className={styles.small} aria-hidden>
      <path d="M20 120c50 0 60-40 100-40" className={styles.wire} />
      <path d="M340 80c-50 0-60 40-100 40" className={styles.wire} />
      <rect x="118" y="62" width="42" height="36" rx="6" className={styles.trolley} />
      <path d="M160 72h16M160 88h16" className={styles.hook} />
      <rect x="200" y="102" width="42" height="36" rx="6" className={styles.trolley} />
      <path d="M200 112h-8M200 128h-8" className={styles.hook} />
    </svg>
  );
}
