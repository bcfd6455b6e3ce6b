"""CoBench: how well an AI does research with people, measured with closed answers on seeded items."""
