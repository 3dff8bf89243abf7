import socket

from dev.free_port import HIGHEST, LOOPBACK, LOWEST, free_port


def test_a_port_is_not_one_that_an_outgoing_connection_could_take() -> None:
    assert LOWEST <= free_port() <= HIGHEST


def test_the_wanted_port_is_given_unless_somebody_listens_on_it() -> None:
    wanted = free_port()
    assert free_port(wanted) == wanted
    with socket.create_server((LOOPBACK, wanted)):
        assert free_port(wanted) != wanted
