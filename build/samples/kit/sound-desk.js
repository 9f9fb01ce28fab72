/**
 * Sounds and looping music through WebAudio. Nothing plays before `wake`, which browsers only
 * allow after the player's first key or click.
 */
export function createSoundDesk() {
  let context = null;
  let master = null;
  let music = null;
  let muted = false;
  const sounds = new Map();
  const tracks = new Map();

  function wake() {
    if (context) {
      if (context.state === 'suspended') context.resume();
      return;
    }
    if (!window.AudioContext) return;
    context = new AudioContext();
    master = context.createGain();
    master.gain.value = muted ? 0 : 0.8;
    master.connect(context.destination);
  }

  function play(name, { volume = 1, speed = 1, pan = 0 } = {}) {
    const sound = sounds.get(name);
    if (!context || !sound) return;
    const buffer = context.createBuffer(1, sound.samples.length, sound.rate);
    buffer.copyToChannel(sound.samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = speed;
    const gain = context.createGain();
    gain.gain.value = volume;
    const side = context.createStereoPanner();
    side.pan.value = pan;
    source.connect(gain).connect(side).connect(master);
    source.start();
  }

  /** A tone made on the spot, for instruments. */
  function ring(hertz, { volume = 0.3, seconds = 2, pan = 0, shape = 'sine' } = {}) {
    if (!context) return;
    const now = context.currentTime;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(volume, now + 0.012);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + seconds);
    const side = context.createStereoPanner();
    side.pan.value = pan;
    gain.connect(side).connect(master);
    for (const [multiple, share] of [
      [1, 1],
      [2.01, 0.28],
      [3.98, 0.1],
    ]) {
      const tone = context.createOscillator();
      const part = context.createGain();
      tone.type = shape;
      tone.frequency.value = hertz * multiple;
      part.gain.value = share;
      tone.connect(part).connect(gain);
      tone.start(now);
      tone.stop(now + seconds);
    }
  }

  /** Fade over to a looping track; the file is read once. */
  async function loop(url, volume = 0.6) {
    if (!context || music?.url === url) return;
    const previous = music;
    const gain = context.createGain();
    music = { url, gain, source: null };
    const current = music;
    gain.gain.value = 0;
    gain.connect(master);
    if (!tracks.has(url)) tracks.set(url, await decode(url));
    if (current !== music || !tracks.get(url)) return;
    current.source = context.createBufferSource();
    current.source.buffer = tracks.get(url);
    current.source.loop = true;
    current.source.connect(gain);
    current.source.start();
    gain.gain.linearRampToValueAtTime(volume, context.currentTime + 1.6);
    if (previous) {
      previous.gain.gain.linearRampToValueAtTime(0, context.currentTime + 1.2);
      previous.source?.stop(context.currentTime + 1.3);
    }
  }

  async function decode(url) {
    try {
      return await context.decodeAudioData(await (await fetch(url)).arrayBuffer());
    } catch {
      return null; // A missing track leaves silence, not a broken game.
    }
  }

  return {
    wake,
    play,
    ring,
    loop,
    add: (name, sound) => sounds.set(name, sound),
    get muted() {
      return muted;
    },
    toggleMute() {
      muted = !muted;
      if (master) master.gain.linearRampToValueAtTime(muted ? 0 : 0.8, context.currentTime + 0.1);
    },
    /** Duck the music while the game is paused. */
    setHushed(hushed) {
      if (music && context)
        music.gain.gain.linearRampToValueAtTime(hushed ? 0.15 : 0.6, context.currentTime + 0.3);
    },
  };
}
