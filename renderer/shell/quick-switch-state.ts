import { create } from 'zustand';

/** Whether the quick switch is open; apart from its component, so that shortcuts and the rail can open it. */
export const useQuickSwitch = create<{ readonly open: boolean }>()(() => ({ open: false }));

export const openQuickSwitch = (): void => useQuickSwitch.setState({ open: true });
export const closeQuickSwitch = (): void => useQuickSwitch.setState({ open: false });
