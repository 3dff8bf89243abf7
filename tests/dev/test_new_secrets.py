from urllib.parse import urlsplit

from dev.new_secrets import new_secrets


def test_each_secret_is_new_and_long() -> None:
    first, second = new_secrets(), new_secrets()
    values = [*first.values(), *second.values()]
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 50


def test_a_password_can_stand_in_an_address() -> None:
    password = new_secrets()["POSTGRES_PASSWORD"]
    assert urlsplit(f"postgresql://pickitchen:{password}@db:5432/pickitchen").password == password
