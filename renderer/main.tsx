import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/bricolage-grotesque/wdth.css';
import './design/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no #root.');
createRoot(container).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
