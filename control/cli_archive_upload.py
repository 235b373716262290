"""`presswatch archive upload`."""

from __future__ import annotations

import click

from control.choosing import opened
from control.printing import as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from control.uploading import upload_once
from storage.archive.bucket import Sent
from storage.archive.uploading import Uploaded


@click.command("upload")
@json_option
@click.pass_obj
def upload_command(settings: Settings, as_json_lines: bool) -> None:
    """Copy ended WARC files and their indexes into the bucket now; each worker does so by itself every ten minutes.

    What was broken off goes on where it was. Exit status 1 where a file is not in the bucket, or not as it is here.
    """
    if settings.archive_bucket is None:
        raise Refusal("there is no bucket: set PRESSWATCH_ARCHIVE_S3_BUCKET (docs/archive.md tells how)")
    done: list[Uploaded] = []
    with opened(settings) as store:
        try:
            for each in upload_once(settings, store.evidence, told=_tell):
                done.append(each)
                if not as_json_lines:
                    say(_line(each))
        except BlockingIOError:
            raise Refusal(
                "an upload, a backup or a deletion of this data folder is under way; try again once it has ended"
            ) from None
    if as_json_lines:
        click.echo(as_json(done))
    elif not done:
        say(f"nothing to upload: all that is ended is in {settings.archive_bucket}")
    if any(each.problem for each in done):
        raise click.exceptions.Exit(1)


def _tell(sent: Sent) -> None:
    click.echo(f"  part {sent.parts} of {sent.of}{' was there' if sent.is_resumed else ''}", err=True)


def _line(each: Uploaded) -> str:
    if each.problem:
        return f"{each.name}: {each.problem}"
    if each.is_gone_here:
        return f"{each.name}: in the bucket alone now"
    return f"{each.name}: {each.size / 1e6:,.1f} MB uploaded"
