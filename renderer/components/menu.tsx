import { Menu } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './menu.module.css';

/** The surface of a menu's choices, within a positioner of `Menu` or `ContextMenu`. */
export function MenuPopup({ children }: { readonly children: ReactNode }) {
  return <Menu.Popup className={styles.popup}>{children}</Menu.Popup>;
}

interface MenuItemProps {
  readonly icon: LucideIcon;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon: Icon, onClick, children }: MenuItemProps) {
  return (
    <Menu.Item className={styles.item} onClick={onClick}>
      <Icon aria-hidden />
      {children}
    </Menu.Item>
  );
}
