export default Object.values(import.meta.glob<string>('../../locales/sk/{findings,lab}.ftl', { eager: true, query: '?raw', import: 'default' }));
