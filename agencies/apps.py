from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = "单位"

    def ready(self) -> None:
        from agencies import consumers  # noqa: F401 registers what the units listen to
        from agencies.holds import still_felt
        from agencies.impact import measures_to_start, releases_to_come
        from registry import holds, impact

        impact.register("starting", measures_to_start)
        impact.register("releases", releases_to_come)
        holds.register("enforcements", still_felt)
