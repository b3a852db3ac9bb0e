export default Object.values(import.meta.glob<string>('../../locales/en/{findings,lab}.ftl', { eager: true, query: '?raw', import: 'default' }));
