export default Object.values(import.meta.glob<string>('../../locales/es/{findings,lab}.ftl', { eager: true, query: '?raw', import: 'default' }));
