import { useEffect, useRef } from 'react';
import { settings } from '../state/settings.js';

/** Plays a short tone without an audio file. */
const tone = (): void => {
  const audio = new AudioContext();
  const voice = audio.createOscillator();
  const loud = audio.createGain();
  voice.frequency.value = 660;
  loud.gain.setValueAtTime(0.12, audio.currentTime);
  loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  voice.connect(loud).connect(audio.destination);
  voice.start();
  voice.stop(audio.currentTime + 0.4);
  voice.addEventListener('ended', () => void audio.close());
};

/**
 * Shows the number of waiting items in the tab's title. When the number grows, it plays a sound and
 * sends a notification if the user enabled them.
 */
export const useNotice = (waiting: number, known: boolean): void => {
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (!known) return;
    document.title = waiting === 0 ? 'Interlock' : `(${waiting}) Interlock`;
    const more = before.current !== undefined && waiting > before.current;
    before.current = waiting;
    if (!more) return;
    const { sound, notify } = settings.get();
    if (sound) tone();
    if (notify && 'Notification' in globalThis && Notification.permission === 'granted')
      new Notification('Interlock', {
        body: `${waiting} wait${waiting === 1 ? 's' : ''} for a person`,
        tag: 'interlock-waiting',
      });
  }, [waiting, known]);
};
