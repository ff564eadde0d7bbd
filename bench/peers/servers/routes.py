"""A minimal server for a library that keeps chats, in the library's own environment."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def serve(library, lifespan=None):
    """Serve the operations of `library` (create, append, sessions, turns) on the port of the command line."""

    async def create(request):
        await library.create(**request.path_params)
        return JSONResponse({})

    async def append(request):
        await library.append(**request.path_params, **await request.json())
        return JSONResponse({})

    async def sessions(request):
        return JSONResponse(await library.sessions(**request.path_params))

    async def turns(request):
        return JSONResponse(await library.turns(**request.path_params))

    chat = "{user}/{session}"
    routes = [
        Route(f"/create/{chat}", create, methods=["POST"]),
        Route(f"/append/{chat}", append, methods=["POST"]),
        Route("/sessions/{user}", sessions),
        Route(f"/turns/{chat}", turns),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
