import { LayoutGrid, List, Search, X } from 'lucide-react';
import { ChoiceField } from '../../components/choice-field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { SelectField } from '../../components/select-field.tsx';
import {
  changeLibraryView,
  libraryFilters,
  librarySorts,
  useLibraryView,
} from '../../state/library-view-slice.ts';
import { text } from '../../text/text.ts';
import styles from './library-toolbar.module.css';

const words = text.library;
const filters = libraryFilters.map((value) => ({ value, label: words.filters[value] }));
const sorts = librarySorts.map((value) => ({ value, label: words.sorts[value] }));
const layouts = [
  { value: 'grid', label: words.grid, icon: <LayoutGrid aria-hidden /> },
  { value: 'list', label: words.list, icon: <List aria-hidden /> },
] as const;

/** Search, filter, sort and layout; stays at the top while the games scroll. */
export function LibraryToolbar() {
  const { filter, sort, layout } = useLibraryView();
  return (
    <div className={styles.toolbar} data-toolbar>
      <SearchBox />
      <ChoiceField
        label={words.filterLabel}
        hideLabel
        choices={filters}
        value={filter}
        onChange={(value) => changeLibraryView({ filter: value })}
      />
      <div className={styles.end}>
        <SelectField
          layout="compact"
          label={words.sortLabel}
          choices={sorts}
          value={sort}
          onChange={(value) => changeLibraryView({ sort: value })}
        />
        <ChoiceField
          label={words.layoutLabel}
          hideLabel
          iconsOnly
          choices={layouts}
          value={layout}
          onChange={(value) => changeLibraryView({ layout: value })}
        />
      </div>
    </div>
  );
}

function SearchBox() {
  const query = useLibraryView((view) => view.query);
  return (
    <div className={styles.search} role="search">
      <Search aria-hidden className={styles.icon} />
      <input
        type="search"
        className={styles.input}
        aria-label={words.search}
        placeholder={words.searchPlaceholder}
        value={query}
        onChange={(event) => changeLibraryView({ query: event.target.value })}
        onKeyDown={(event) => event.key === 'Escape' && changeLibraryView({ query: '' })}
      />
      {query !== '' && (
        <IconButton label={words.clearSearch} onClick={() => changeLibraryView({ query: '' })}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
