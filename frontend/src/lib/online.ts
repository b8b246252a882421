import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

onlineManager.setOnline(navigator.onLine); // it hears of changes alone, and a page may be opened without a network

const subscribe = (tell: () => void) => onlineManager.subscribe(tell);
const read = () => onlineManager.isOnline();

/** Whether the browser believes that there is a network. */
export const useOnline = (): boolean => useSyncExternalStore(subscribe, read);
