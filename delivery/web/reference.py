"""The reference of the API, rendered here from its OpenAPI description, so that it loads nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from delivery.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/api/openapi.json")
async def description(request: Request) -> JSONResponse:
    """The description itself (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


@router.get("/api")
@router.get("/api/docs")
def reference(request: Request) -> HTMLResponse:
    """Every operation with its parameters."""
    described: dict[str, Any] = request.app.openapi()
    operations = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return page("reference.html", {"nav": "api", "info": described["info"], "operations": operations})
